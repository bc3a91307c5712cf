-- mysqldump-php https://github.com/ifsnop/mysqldump-php
--
-- Host: localhost	Database: whmcs
-- ------------------------------------------------------
-- Server version 	5.7.33
-- Date: Thu, 04 Mar 2021 05:06:07 +0000

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

--
-- Table structure for table `tblclients`
--

DROP TABLE IF EXISTS `tblclients`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `tblclients` (
  `id` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `companyname` text NOT NULL,
  `email` text NOT NULL,
  `city` text NOT NULL,
  `status` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `tblclients`
--

LOCK TABLES `tblclients` WRITE;
/*!40000 ALTER TABLE `tblclients` DISABLE KEYS */;
SET autocommit=0;
INSERT INTO `tblclients` VALUES (1,'Ada','Adler','Adler GmbH','ada@qz1.example','Berlin','Active'),(2,'Ben','Brandt','','ben@qz2.example','Bonn','Active');
/*!40000 ALTER TABLE `tblclients` ENABLE KEYS */;
UNLOCK TABLES;
COMMIT;

-- Dumped table `tblclients` with 2 row(s)
--

--
-- Table structure for table `tblcontacts`
--

DROP TABLE IF EXISTS `tblcontacts`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `tblcontacts` (
  `id` int(10) NOT NULL,
  `userid` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `email` text NOT NULL,
  `subaccount` int(1) NOT NULL,
  `permissions` text NOT NULL,
  `invoiceemails` tinyint(1) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `tblcontacts`
--

LOCK TABLES `tblcontacts` WRITE;
/*!40000 ALTER TABLE `tblcontacts` DISABLE KEYS */;
SET autocommit=0;
INSERT INTO `tblcontacts` VALUES (1,1,'F1','L1','c1@qz1.example',1,'invoices,tickets',1),(2,1,'F2','L2','c2@qz1.example',1,'invoices,tickets',1),(3,1,'F3','L3','c3@qz1.example',1,'invoices,tickets',1),(4,1,'F4','L4','c4@qz1.example',1,'invoices,tickets',1),(5,1,'F5','L5','c5@qz1.example',1,'invoices,tickets',1),(6,1,'F6','L6','c6@qz1.example',1,'invoices,tickets',1);
/*!40000 ALTER TABLE `tblcontacts` ENABLE KEYS */;
UNLOCK TABLES;
COMMIT;

-- Dumped table `tblcontacts` with 6 row(s)
--

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;

-- Dump completed on: Thu, 04 Mar 2021 05:06:07 +0000
