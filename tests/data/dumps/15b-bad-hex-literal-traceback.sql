-- MySQL dump 10.13  Distrib 5.6.24, for linux (x86_64)
-- ------------------------------------------------------
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `tblclients` (
  `id` int(10) NOT NULL AUTO_INCREMENT,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `companyname` text NOT NULL,
  `email` text NOT NULL,
  `city` text NOT NULL,
  `status` text NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
INSERT INTO `tblclients` VALUES (1,'Ada','Adler','Adler GmbH','ada@qz1.example','Berlin','Active'),(2,'Ben','Brandt','','ben@qz2.example','Bonn','Active');
CREATE TABLE `tblcontacts` (
  `id` int(10) NOT NULL AUTO_INCREMENT,
  `userid` int(10) NOT NULL,
  `firstname` text NOT NULL,
  `lastname` text NOT NULL,
  `email` text NOT NULL,
  `subaccount` int(1) NOT NULL,
  `permissions` text NOT NULL,
  `invoiceemails` tinyint(1) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
INSERT INTO `tblcontacts` VALUES (1,1,x'zz','L1','c1@qz1.example',1,'invoices,tickets',1),(2,1,'F2','L2','c2@qz1.example',1,'invoices,tickets',1),(3,1,'F3','L3','c3@qz1.example',1,'invoices,tickets',1),(4,1,'F4','L4','c4@qz1.example',1,'invoices,tickets',1),(5,1,'F5','L5','c5@qz1.example',1,'invoices,tickets',1),(6,1,'F6','L6','c6@qz1.example',1,'invoices,tickets',1);
-- Dump completed on 2021-03-04  5:06:07
