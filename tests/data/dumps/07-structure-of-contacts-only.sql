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
CREATE TABLE `tblorders` (`id` int NOT NULL, `contactid` int NOT NULL);
INSERT INTO `tblorders` VALUES (1,5),(2,6),(3,6);
-- Dump completed on 2021-03-04  5:06:07
